"""The verbs of ``python -m launch``, one module each: ``arguments`` says what may be given, ``run`` does it."""
