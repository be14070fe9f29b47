"""Times the same operations by odoorpc or odooly.

Usage: operations.py odoorpc|odooly <URL> <database> <login> <password> <count>. Prints {operation: [ms, ...]}.
"""

import json
import sys
import time
import urllib.parse
import urllib.request

name, url, database, login, password, count = sys.argv[1:]


def phase(operation):
    urllib.request.urlopen(f"{url}/__phase/{operation}").read()


def connect():
    if name == "odoorpc":
        import odoorpc

        parts = urllib.parse.urlsplit(url)
        odoo = odoorpc.ODOO(parts.hostname, port=parts.port, protocol="jsonrpc")
        odoo.login(database, login, password)
        return lambda model, method, args, kwargs: odoo.execute_kw(model, method, args, kwargs)
    import odooly

    client = odooly.Client(url, database, login, password)
    return lambda model, method, args, kwargs: client.env.execute(model, method, *args, **kwargs)


times = {}


def timed(operation, times_to_run, work):
    phase(operation)
    taken = times.setdefault(operation, [])
    for i in range(times_to_run):
        start = time.perf_counter()
        result = work(i)
        taken.append((time.perf_counter() - start) * 1000)
    return result


n = int(count)
partner = "res.partner"
call = timed("connect", 1, lambda _: connect())
timed("search_read", n, lambda _: call(partner, "search_read", [[]], {"fields": ["name"], "limit": 20}))
timed("create", n, lambda i: call(partner, "create", [{"name": f"Bench {i}"}], {}))
timed("write", n, lambda _: call(partner, "write", [[1], {"comment": "x"}], {}))
timed("fields_get", n, lambda _: call(partner, "fields_get", [], {"attributes": ["type"]}))
phase("end")
print(json.dumps(times))
