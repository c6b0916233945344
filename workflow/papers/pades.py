"""The seal of the office on a PDF (PAdES, by pyHanko), where a certificate for it is configured; otherwise nothing.

The signing library takes seconds to import, so it is imported by the first paper that needs it. A signed file bears the
moment of signing: it is kept, not drawn again.
"""

import io
import os
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

from workflow.environment import ConfigError, value_of

P12, PASSWORD = "BANJIAN_SEAL_P12", "BANJIAN_SEAL_P12_PASSWORD"
FIELD = "Seal"


def sealed(pdf: bytes, reason: str, env: Mapping[str, str] = os.environ) -> bytes:
    """Return the PDF signed with the configured certificate, or as it is where none is. Raises ConfigError."""
    path = env.get(P12, "").strip()
    if not path:
        return pdf
    from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
    from pyhanko.sign import fields
    from pyhanko.sign.signers.pdf_signer import PdfSignatureMetadata, PdfSigner

    signer = _signer(path, value_of(env, PASSWORD))
    about = PdfSignatureMetadata(field_name=FIELD, subfilter=fields.SigSeedSubFilter.PADES, reason=reason)
    out = io.BytesIO()
    PdfSigner(about, signer=signer).sign_pdf(IncrementalPdfFileWriter(io.BytesIO(pdf)), output=out)
    return out.getvalue()


@lru_cache(maxsize=1)
def _signer(path: str, password: str) -> Any:
    from pyhanko.sign.signers import SimpleSigner

    if not Path(path).is_file():
        raise ConfigError(f"{P12} names no file: {path}")
    signer: Any = SimpleSigner.load_pkcs12(path, passphrase=password.encode())  # type: ignore[no-untyped-call]
    if signer is None:
        raise ConfigError(f"{P12}: {path} cannot be opened with the password of {PASSWORD}_FILE")
    return signer
