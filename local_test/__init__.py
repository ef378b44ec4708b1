"""Stands where SageMaker stands: runs `train` and `serve` as the service does, with Docker or as processes.

Nothing of the project is imported here but the job descriptions of ``launch``. The programs under test are met through
processes, files and HTTP alone::

    job = train("job.yaml", "build/job")
    with serve("job.yaml", job.model) as endpoint:
        endpoint.predict(frame)
    transform("job.yaml", job.model, "build/transform").files
"""

from local_test.api import serve, train, transform

__all__ = ["serve", "train", "transform"]
