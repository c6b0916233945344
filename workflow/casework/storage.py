"""Where uploaded files are kept, each under its sha256: a local folder, or an S3-compatible store by configuration."""

import io
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import IO, Any, Protocol

from workflow.casework import files
from workflow.environment import ConfigError, value_of

VARIABLE = "BANJIAN_FILES"  # s3://bucket or s3://bucket/prefix; not set: the data folder
ENDPOINT, ACCESS, SECRET, REGION = (
    "BANJIAN_S3_ENDPOINT",
    "BANJIAN_S3_ACCESS_KEY",
    "BANJIAN_S3_SECRET_KEY",
    "BANJIAN_S3_REGION",
)


class StoreUnavailable(Exception):
    """The store of files does not answer, or refuses us."""


class Storage(Protocol):
    """Files by content: what is kept under a hash never changes."""

    def keep(self, stream: IO[bytes], digest: str, size: int) -> None:
        """Keep the whole stream, or nothing. Raises StoreUnavailable."""
        ...

    def open(self, digest: str) -> IO[bytes]:
        """Return the content. Raises FileNotFoundError, StoreUnavailable."""
        ...

    def destroy(self, digest: str) -> None:
        """Delete the content; one that is gone is fine. Raises StoreUnavailable."""
        ...


@dataclass(frozen=True, slots=True)
class Folder:
    """A local folder."""

    path: Path

    def keep(self, stream: IO[bytes], digest: str, size: int) -> None:
        """Keep the stream: written beside, flushed to the disk, then renamed."""
        try:
            files.store(self.path, stream, digest)
        except OSError as error:
            raise StoreUnavailable(error.strerror or type(error).__name__) from error

    def open(self, digest: str) -> IO[bytes]:
        """Return the content."""
        return files.path_of(self.path, digest).open("rb")

    def destroy(self, digest: str) -> None:
        """Delete the content."""
        files.path_of(self.path, digest).unlink(missing_ok=True)


@dataclass(frozen=True, slots=True)
class Bucket:
    """A bucket of an S3-compatible store."""

    endpoint: str
    bucket: str
    access_key: str = field(repr=False)
    secret_key: str = field(repr=False)
    prefix: str = ""
    region: str = "us-east-1"

    def keep(self, stream: IO[bytes], digest: str, size: int) -> None:
        """Keep the stream in one request, so that nobody ever sees half of it."""
        self._do("put_object", self._name(digest), stream, size, part_size=max(size, 5 << 20))

    def open(self, digest: str) -> IO[bytes]:
        """Return the content, read whole: uploads are small."""
        response = self._do("get_object", self._name(digest))
        try:
            return io.BytesIO(response.read())
        finally:
            response.close()
            response.release_conn()

    def destroy(self, digest: str) -> None:
        """Delete the content."""
        self._do("remove_object", self._name(digest))

    def _name(self, digest: str) -> str:
        return f"{self.prefix}{digest[:2]}/{digest}"

    def _do(self, what: str, name: str, *arguments: Any, **options: Any) -> Any:
        import urllib3
        from minio.error import MinioException, S3Error

        try:
            return getattr(_client(self), what)(self.bucket, name, *arguments, **options)
        except S3Error as error:
            if error.code in ("NoSuchKey", "NoSuchObject"):
                raise FileNotFoundError(name) from error
            raise StoreUnavailable(str(error.code)) from error
        except (MinioException, urllib3.exceptions.HTTPError, OSError, ValueError) as error:
            raise StoreUnavailable(type(error).__name__) from error


@lru_cache(maxsize=4)
def _client(bucket: Bucket) -> Any:
    import urllib3
    from minio import Minio

    scheme, _, host = bucket.endpoint.partition("://")
    return Minio(
        host,
        access_key=bucket.access_key,
        secret_key=bucket.secret_key,
        secure=scheme == "https",
        region=bucket.region,
        http_client=urllib3.PoolManager(timeout=urllib3.Timeout(connect=5, read=60), retries=urllib3.Retry(2)),
    )


def storage_of(data_dir: Path, env: Mapping[str, str] = os.environ) -> Storage:
    """Return the store that is configured; the folder of files in the data folder if none is. Raises ConfigError."""
    address = env.get(VARIABLE, "").strip()
    if not address:
        return Folder(data_dir / "files")
    kind, _, rest = address.partition("://")
    bucket, _, prefix = rest.partition("/")
    if kind != "s3" or not bucket:
        raise ConfigError(f"{VARIABLE} must be s3://bucket or s3://bucket/prefix")
    endpoint = env.get(ENDPOINT, "").strip()
    if not endpoint.startswith(("http://", "https://")):
        raise ConfigError(f"{ENDPOINT} must be http://host:port or https://host")
    access, secret = value_of(env, ACCESS), value_of(env, SECRET)
    if not access or not secret:
        raise ConfigError(f"{ACCESS} and {SECRET} must be set (or {ACCESS}_FILE and {SECRET}_FILE) for {VARIABLE}")
    folder = f"{prefix.strip('/')}/" if prefix.strip("/") else ""
    return Bucket(endpoint.rstrip("/"), bucket, access, secret, folder, env.get(REGION, "").strip() or "us-east-1")
