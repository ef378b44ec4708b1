"""Requests and replies in HTTP: routes, headers, bodies, statuses, the log line. It knows no server and no model."""
