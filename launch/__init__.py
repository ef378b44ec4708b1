"""From a laptop to ECR and SageMaker: one job description becomes every request that the service needs.

``python -m launch VERB job.yaml``; ``launch.description`` reads the file, ``launch.requests`` builds the service's
requests from it, ``launch.sdk_v2`` and ``launch.sdk_v3`` the objects of SageMaker's SDKs, ``launch.commands`` talks
to AWS.
"""
