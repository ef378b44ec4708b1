"""A Price List that answers as AWS's does, with the prices of one region."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread
from typing import Any

HOURLY = {"ml.m5.large": "0.1150000000", "ml.m5.xlarge": "0.2300000000"}
"""By instance type, in USD."""


def product(kind: str, instance_type: str, price: str) -> str:
    """An entry of the list, which is a JSON text in a JSON text."""
    attributes = {"regionCode": "eu-west-1", "platoinstancetype": kind, "usagetype": f"EU-Host:{instance_type}"}
    dimension = {"unit": "Hrs", "pricePerUnit": {"USD": price}}
    terms = {"OnDemand": {"SKU.JRTCKXETXF": {"priceDimensions": {"SKU.JRTCKXETXF.6YS6EN2CT7": dimension}}}}
    return json.dumps({"product": {"productFamily": "ML Instance", "attributes": attributes}, "terms": terms})


class PriceList(BaseHTTPRequestHandler):
    """GetProducts, two entries a page."""

    def do_POST(self) -> None:
        request = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        wanted = {one["Field"]: one["Value"] for one in request["Filters"]}
        found = wanted == {"regionCode": "eu-west-1", "platoinstancetype": "Hosting"}
        free = product("Hosting", "ml.m5.large", "0.0000000000")
        entries = [free, *(product("Hosting", *one) for one in HOURLY.items())] if found else []
        start = int(request.get("NextToken") or 0)
        more = {"NextToken": str(start + 2)} if len(entries) > start + 2 else {}
        self._answer({"FormatVersion": "aws_v1", "PriceList": entries[start : start + 2]} | more)

    def _answer(self, content: dict[str, Any]) -> None:
        body = json.dumps(content).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/x-amz-json-1.1")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *arguments: Any) -> None:
        """Says nothing."""


@contextmanager
def served() -> Iterator[str]:
    """The address of a Price List on this machine."""
    server = HTTPServer(("127.0.0.1", 0), PriceList)
    Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()
