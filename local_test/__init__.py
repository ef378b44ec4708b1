"""Stands where SageMaker stands: runs `train` and `serve` as the service does, with Docker or as processes.

Nothing of the project is imported here. The programs under test are met through processes, files and HTTP alone::

    job = run_job(TrainingRequest(channels=(Channel("train", path, "text/csv"),)), ProcessRuntime("xgboost"), output)
    with Endpoint(ProcessRuntime("xgboost"), job.model) as endpoint:
        endpoint.invoke(b"1,2,3", "text/csv").body
"""
