"""IAM Access Analyzer: policy checks, comparisons of policies, and findings of outside access."""
