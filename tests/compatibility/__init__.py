"""Models that travel: ours in other versions of the libraries, theirs in our images.

``python -m tests.compatibility FOLDER [xgboost] [lightgbm] [catboost]`` makes an environment for each version in
``versions.py`` under FOLDER, lets every one read our models and write some of its own, and prints a table. It ends with
1 where an answer differs without an error. It needs a package index and some minutes, so it is no part of the tests.

A case is a folder with a model, ``request.json`` (``rows``, and the ``kind`` of answer) and ``answers.json``.
"""
