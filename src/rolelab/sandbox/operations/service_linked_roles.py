"""The names of service-linked roles.

Each service chooses the name of its role, and no rule gives it. Most names here are those in the
ARNs of AWS's own managed policies; `tests/sandbox/operations/test_service_linked_roles.py`
compares them. Page: *AWS services that work with IAM*, *Create a service-linked role*.
"""

from __future__ import annotations

from collections.abc import Mapping

# First part of the service principal -> what follows AWSServiceRoleFor.
# Those that no managed policy names; each stands on the service's page on its role.
ELSEWHERE: Mapping[str, str] = {
    "cloudtrail": "CloudTrail",
    "ecs.application-autoscaling": "ApplicationAutoScaling_ECSService",
    "es": "AmazonElasticsearchService",
    "guardduty": "AmazonGuardDuty",
    "ops.apigateway": "APIGateway",
    "organizations": "Organizations",
    "pullthroughcache.ecr": "ECRPullThroughCache",
    "replication.ecr": "ECRReplication",
    "spotfleet": "EC2SpotFleet",
}
# Those in managed policies.
NAMES: Mapping[str, str] = {
    "access-analyzer": "AccessAnalyzer",
    "acm": "CertificateManager",
    "aco-automation": "ComputeOptimizerAutomation",
    "agent-registry": "AgentRegistry",
    "airflow": "AmazonMWAA",
    "airflow-serverless": "AmazonMWAAServerless",
    "apidestinations.events": "AmazonEventBridgeApiDestinations",
    "appfabric": "AppFabric",
    "application-insights": "ApplicationInsights",
    "application-signals.cloudwatch": "CloudWatchApplicationSignals",
    "appmesh": "AppMesh",
    "apprunner": "AppRunner",
    "appstream.application-autoscaling": "ApplicationAutoScaling_AppStreamFleet",
    "appsync": "AppSync",
    "artifact": "Artifact",
    "auditmanager": "AuditManager",
    "autoscaling": "AutoScaling",
    "backup": "Backup",
    "bedrock-agentcore": "BedrockAgentCoreGatewayNetwork",
    "braket": "AmazonBraket",
    "bugbust": "BugBust",
    "cassandra-streams": "AmazonKeyspacesCDC",
    "cassandra.application-autoscaling": "ApplicationAutoScaling_CassandraTable",
    "channels.lex": "LexChannels",
    "channels.lexv2": "LexV2Channels",
    "chime": "AmazonChime",
    "codeguru-reviewer": "AmazonCodeGuruReviewer",
    "cognito-idp": "AmazonCognitoIdp",
    "compute-optimizer": "ComputeOptimizer",
    "config": "Config",
    "config-conforms": "ConfigConforms",
    "connect": "AmazonConnect",
    "continuousexport.discovery": "ApplicationDiscoveryServiceContinuousExport",
    "cost-optimization-hub.bcm": "CostOptimizationHub",
    "datasync": "DataSync",
    "delivery.logs": "LogDelivery",
    "devops-guru": "DevOpsGuru",
    "dms": "DMSServerless",
    "docdb-elastic": "DocDB",
    "dynamodb.application-autoscaling": "ApplicationAutoScaling_DynamoDBTable",
    "ec2.application-autoscaling": "ApplicationAutoScaling_EC2SpotFleetRequest",
    "ec2fastlaunch": "EC2FastLaunch",
    "ecs": "ECS",
    "eks": "AmazonEKS",
    "elasticache": "ElastiCache",
    "elasticbeanstalk": "ElasticBeanstalk",
    "elasticloadbalancing": "ElasticLoadBalancing",
    "elasticmapreduce": "EMRCleanup",
    "email.cognito-idp": "AmazonCognitoIdpEmail",
    "emr-containers": "AmazonEMRContainers",
    "events": "CloudWatchEvents",
    "events.workmail": "AmazonWorkMailEvents",
    "fms": "FMS",
    "globalaccelerator": "GlobalAccelerator",
    "imagebuilder": "ImageBuilder",
    "inspector": "AmazonInspector",
    "internetmonitor": "InternetMonitor",
    "iotmanagedintegrations": "IoTManagedIntegrations",
    "iotsitewise": "IoTSiteWise",
    "justintimeaccess.ssm": "SystemsManagerJustInTimeAccess",
    "kafka": "Kafka",
    "lakeformation": "LakeFormationDataAccess",
    "lambda": "Lambda",
    "lex": "LexBots",
    "lexv2": "LexV2Bots",
    "license-management.marketplace": "MarketplaceLicenseManagement",
    "license-manager.member-account": "AWSLicenseManagerMemberAccountRole",
    "lightsail": "Lightsail",
    "macie": "AmazonMacie",
    "maintenance.elasticbeanstalk": "ElasticBeanstalk",
    "managedupdates.elasticbeanstalk": "ElasticBeanstalk",
    "memorydb": "MemoryDB",
    "migrationhub-orchestrator": "MigrationHubOrchestrator",
    "monitoring.thinclient": "AmazonWorkSpacesThinClientMonitoring",
    "mq": "AmazonMQ",
    "neptune-graph": "NeptuneGraph",
    "network-firewall": "NetworkFirewall",
    "network.bedrock-agentcore": "BedrockAgentCoreNetwork",
    "notifications.ssm": "SystemsManagerNotifications",
    "observability.aoss": "AmazonOpenSearchServerless",
    "opensearchservice": "AmazonOpenSearchService",
    "ops.athena": "AmazonAthena",
    "ops.emr-serverless": "AmazonEMRServerless",
    "orgsdatasync.servicecatalog": "ServiceCatalogOrgsDataSync",
    "osis": "AmazonOpenSearchIngestionService",
    "private-marketplace.marketplace": "PrivateMarketplaceAdmin",
    "rds": "RDS",
    "redshift": "Redshift",
    "redshift-data": "Redshift",
    "remediation.config": "ConfigRemediation",
    "replication.cassandra": "KeyspacesReplication",
    "replication.lexv2": "LexV2Replication",
    "reporting.trustedadvisor": "TrustedAdvisorReporting",
    "resource-explorer-2": "ResourceExplorer",
    "route53resolver": "Route53Resolver",
    "rum": "RealUserMonitoring",
    "runtime-identity.bedrock-agentcore": "BedrockAgentCoreRuntimeIdentity",
    "runtime-instances.bedrock-agentcore": "BedrockAgentCoreRuntimeInstances",
    "sagemaker": "AmazonSageMakerNotebooks",
    "sagemaker.application-autoscaling": "ApplicationAutoScaling_SageMakerEndpoint",
    "schemas": "Schemas",
    "scraper.aps": "AmazonPrometheusScraper",
    "sdmp": "SDMP",
    "security-ir": "SecurityIncidentResponse",
    "securitylake": "SecurityLake",
    "servicecatalog-appregistry": "AWSServiceCatalogAppRegistry",
    "servicequotas": "ServiceQuotas",
    "spot": "EC2Spot",
    "ssm": "AmazonSSM",
    "ssm-quicksetup": "SSMQuickSetup",
    "ssm-sap": "AWSSSMForSAP",
    "sso": "SSO",
    "support": "Support",
    "supportplans": "SupportPlans",
    "sync.proton": "ProtonSync",
    "thirdparty.config": "ConfigThirdParty",
    "timestream-influxdb": "TimestreamInfluxDB",
    "transform-custom": "AWSTransformCustom",
    "transitgateway": "VPCTransitGateway",
    "triage.security-ir": "SecurityIncidentResponse_Triage",
    "user-attribute-cost-allocation-data": "UserAttributeCostAllocation",
    "vpc-lattice": "VpcLattice",
}


def service_linked_role_name(service: str, suffix: str | None = None) -> str:
    """Give the name of a service's role.

    Args:
        service: the service principal, `ecs.amazonaws.com`.
        suffix: the custom suffix of the request, where the service takes one.

    Returns:
        `AWSServiceRoleForECS`. For a service whose name is not known, the first part of the
        principal with each word capitalized.
    """
    prefix = service.partition(".amazonaws.com")[0]
    words = prefix.replace(".", "-").split("-")
    name = (
        NAMES.get(prefix) or ELSEWHERE.get(prefix) or "".join(word.capitalize() for word in words)
    )
    return f"AWSServiceRoleFor{name}_{suffix}" if suffix else f"AWSServiceRoleFor{name}"


def service_linked_role_arn(
    service: str, suffix: str | None, account: str, partition: str = "aws"
) -> str:
    """Give the ARN a service's role has in an account, whether or not it exists yet."""
    name = service_linked_role_name(service, suffix)
    return f"arn:{partition}:iam::{account}:role/aws-service-role/{service}/{name}"
