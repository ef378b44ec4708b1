"""Calls AWS: sessions, calls and their errors, logs. Only this folder, ``registry`` and
``commands`` call AWS.
"""
