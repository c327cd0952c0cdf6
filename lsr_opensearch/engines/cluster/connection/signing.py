"""Requests signed for Amazon (SigV4), with the credentials that boto3 finds."""

from __future__ import annotations

from typing import Any

from lsr_opensearch.errors import ClusterSecurityError, MissingExtraError

_WHENCE = (
    "Set AWS_PROFILE, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or log in with: aws sso login"
)


def signer(region: str, service: str) -> Any:
    """What opensearch-py signs its requests with.

    Raises:
        MissingExtraError: boto3 is not installed.
        ClusterSecurityError: boto3 finds no credentials.
    """
    try:
        import boto3  # type: ignore[import-untyped, import-not-found, unused-ignore]
    except ImportError:
        raise MissingExtraError("Signing requests for AWS", "aws") from None
    from botocore.exceptions import BotoCoreError  # type: ignore[import-untyped, import-not-found, unused-ignore]
    from opensearchpy import Urllib3AWSV4SignerAuth

    credentials = boto3.Session().get_credentials()
    if credentials is None:
        raise ClusterSecurityError(
            "LSR_OS_AWS_REGION (aws_region) asks for signed requests, but there are no AWS "
            "credentials.",
            _WHENCE,
        )
    sign = Urllib3AWSV4SignerAuth(credentials, region, service)

    def signed(*request: Any) -> Any:
        try:
            return sign(*request)
        except BotoCoreError as error:
            raise ClusterSecurityError(
                f"The AWS credentials cannot be used ({error}).", _WHENCE
            ) from None

    return signed
