"""The edge to AWS: sessions, calls and their faults, logs. Only this folder, ``registry`` and
``commands`` call AWS.
"""
