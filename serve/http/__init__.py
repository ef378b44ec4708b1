"""What requests and answers are on the wire: routes, headers, bodies, statuses, the log line."""
