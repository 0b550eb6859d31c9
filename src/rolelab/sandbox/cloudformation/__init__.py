"""How CloudFormation deploys a template: ordinary calls in the caller's name, or in a role's.

moto's CloudFormation makes resources inside its backends, where no policy is asked and much of a
template is lost. Here each resource is made by the API calls that CloudFormation makes, so that
every one of them passes the gate.

- `template`: the text of a template, parsed and checked.
- `parameters`, `intrinsics`, `graph`: values, functions, and the order of resources.
- `registry`: what AWS publishes about each resource type (required, read-only, replacement).
- `resources`: how each modelled type is made, changed and deleted.
- `stacks`: what is remembered of a stack.
- `deployment`, `update`: create, delete, update, and how they are undone; `run`, `removal` and
  `exports` are their steps.
- `change_sets`: what an update would do.

Pages: *How CloudFormation works*; *CloudFormation service role*; *Forward access sessions*.
"""
