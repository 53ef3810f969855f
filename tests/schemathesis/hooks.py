"""Values of the formats that no schema can spell out."""

import base64
import io
import zipfile

import schemathesis
from hypothesis import strategies as st

DOCUMENTS = [
    '{"openapi":"3.1.0","info":{"title":"Quotes","version":"1"},"paths":{}}',
    '{"openapi":"3.0.3","info":{"title":"Items","version":"2"},"paths":{"/items/{id}":{"get":{"responses":{}}}}}',
    '{"swagger":"2.0","info":{"title":"Old","version":"1"},"paths":{"/a":{"get":{"responses":{}},"trace":{"responses":{}}}}}',
    "openapi: 3.1.0\ninfo: {title: Written by hand, version: '1'}\npaths: {}\n",
]

# Made for this file; nobody has their other halves.
RSA_PUBLIC_KEY = """-----BEGIN PUBLIC KEY-----
MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEAlSXgtSCeno9Nst9ystOL
bIrd4Pi2bl0ibZyYBC2pagFunbuUxb1aCT3SeyN63kGsE7/ZJyM/ntsfTm3ClNGm
9vf3zMjHcPxhBYyDUvbhQIbaOkPzoyP+cpPtqchzOIhu1JFRbfnPSUFDCP/U6p2E
0f6EW6LJ69kgb37ZHYVm8T10pWrOsscPQsUojeWLv3XRcRahG1qMC6LezzXeAR2A
enMlBRYstzu032nTbEpnKGaS+4N4UwqsAQRy5zsnNbxZue8pSO6RJuewvevt6RHV
2Pzf5o9hOqExbS7nPM1odGQ5MRP6uXsCtxmYai/9Ov97wy3Bx7KYvABnMCTLyu7k
0QIDAQAB
-----END PUBLIC KEY-----
"""

P256_PUBLIC_KEY = """-----BEGIN PUBLIC KEY-----
MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEH8OA2xW+l5kbcrqtVy1NJ/vIpC0m
dc4HqWftRdu6lEd4+Hn3rKnEnZq5m5HACVV2H9r/sOhu4wZf07/YRG1ePA==
-----END PUBLIC KEY-----
"""

ED25519_PUBLIC_KEY = """-----BEGIN PUBLIC KEY-----
MCowBQYDK2VwAyEAtctkgKejolnc8wMZi2cBitXfNx5IK/haE1dQ/kMWyTg=
-----END PUBLIC KEY-----
"""


def archive(document: str) -> str:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as files:
        files.writestr("openapi.json", document)
    return base64.b64encode(buffer.getvalue()).decode()


schemathesis.openapi.format("openapi-document", st.sampled_from(DOCUMENTS))
schemathesis.openapi.format("openapi-archive", st.sampled_from([archive(text) for text in DOCUMENTS[:3]]))
schemathesis.openapi.format("openapi-archive-entry", st.just("openapi.json"))
schemathesis.openapi.format("rsa-public-key", st.just(RSA_PUBLIC_KEY))
schemathesis.openapi.format("p256-public-key", st.just(P256_PUBLIC_KEY))
schemathesis.openapi.format("time-zone", st.sampled_from(["UTC", "Europe/Berlin", "America/Los_Angeles"]))
schemathesis.openapi.format("ed25519-public-key", st.just(ED25519_PUBLIC_KEY))
