"""Golden pickles for test/data/pickle/pickle.test.ts: one value in protocols 0-5, and hostile programs (never run).

Run: /usr/bin/python3 test/reference/nn-pickle.py
"""
import base64, json, os, pickle, sys
import numpy as np

value = {
    "int": [0, 1, -1, 255, 65536, -(2**31), 2**40, -(2**60) - 7, 2**100],
    "float": [0.0, -1.5, 3.25e300],
    "text": "galaxy é 星 \n '\"\\",
    "bytes": bytes(range(256)),
    "none": None,
    "bools": [True, False],
    "tuple": ((), (1,), (1, 2), (1, 2, 3), (1, 2, 3, 4)),
    "array": np.arange(6, dtype=np.float32).reshape(2, 3),
    "bytes_array": np.arange(12, dtype=np.uint8).reshape(3, 4),
    "big_endian": np.arange(3, dtype=">i4"),
    "names": np.array(["FRI", "FRII"]),
    "scalar": np.float64(2.5),
    "name": np.str_("100_000.1"),
    "large": "x" * 300,
}
value["again"] = value["float"]
protocols = [base64.b64encode(pickle.dumps(value, p)).decode() for p in range(6)]
sets = base64.b64encode(pickle.dumps({1, 2, 3}, 4)).decode()


class System:
    def __reduce__(self):
        return os.system, ("echo hostile",)


class Eval:
    def __reduce__(self):
        return eval, ("1+1",)


hostile = {
    "system protocol 0": pickle.dumps(System(), 0),
    "system protocol 2": pickle.dumps(System(), 2),
    "system protocol 5": pickle.dumps(System(), 5),
    "eval": pickle.dumps(Eval(), 2),
    "prototype": b"c__proto__\nconstructor\n.",
    "inherited": b"cconstructor\nconstructor\n(S'return 1'\ntR.",
    "call a string": b"S'os.system'\n(S'ls'\ntR.",
    "build on a dict": b"}(S'a'\nI1\ndb.",
    "huge length": b"\x80\x04\x8e\xff\xff\xff\xff\xff\xff\xff\x7f.",
    "huge integer": b"\x8b\xff\xff\xff\x7f" + b"\x01" * 16 + b".",
    "empty stack": b".",
    "no mark": b"\x80\x02t.",
    "memo": b"h\x05.",
    "extension": b"\x82\x01.",
    "persistent": b"Pabc\n.",
    "truncated": pickle.dumps(value, 4)[:-40],
    "array too short": pickle.dumps(np.zeros(4), 2).replace(b"K\x04\x85", b"K\x05\x85"),
}
out = {
    "versions": {"python": sys.version.split()[0], "numpy": np.__version__},
    "protocols": protocols,
    "set": sets,
    "hostile": {k: base64.b64encode(v).decode() for k, v in hostile.items()},
}
with open(os.path.join(os.path.dirname(__file__), "nn-pickle.json"), "w") as f:
    json.dump(out, f)
