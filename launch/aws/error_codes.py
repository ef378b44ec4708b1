"""Error codes of AWS, or of botocore, and what to do about each."""

from __future__ import annotations

import re
from dataclasses import dataclass

QUOTAS = "https://console.aws.amazon.com/servicequotas/home/services/sagemaker/quotas"


@dataclass(frozen=True)
class Remedy:
    """Fits errors by code and message; ``text`` may name groups of the pattern, ``said``, ``action`` and ``names``."""

    codes: str
    """One or several, apart by blanks; an asterisk for any."""
    text: str
    pattern: str = ""

    def fits(self, code: str, said: str) -> re.Match[str] | None:
        """The match of the pattern, where the code is one of these."""
        return re.search(self.pattern, said, re.IGNORECASE) if self.codes == "*" or code in self.codes.split() else None


REMEDIES = (
    # Credentials and region
    Remedy(
        "NoCredentialsError CredentialRetrievalError PartialCredentialsError",
        "no AWS credentials ({said}): `aws configure` or `aws sso login`, or set AWS_PROFILE or AWS_ACCESS_KEY_ID and "
        "AWS_SECRET_ACCESS_KEY",
    ),
    Remedy("ProfileNotFound", "{said}: `aws configure list-profiles` shows those that there are"),
    Remedy("ConfigParseError", "{said}: mend that file"),
    Remedy("NoRegionError", "no region: give `region` in the job description, --region, or set AWS_REGION"),
    Remedy("InvalidRegionError", "{said}: a region is a name such as eu-west-1"),
    Remedy(
        "ExpiredToken ExpiredTokenException RequestExpired TokenRefreshRequired SSOTokenLoadError "
        "UnauthorizedSSOTokenError SSOError LoginRefreshRequired",
        "the credentials have expired ({said}): log in again, `aws sso login` or however you got them, and run the "
        "same command",
    ),
    Remedy(
        "InvalidClientTokenId UnrecognizedClientException InvalidAccessKeyId AuthFailure InvalidToken",
        "AWS does not know these credentials ({said}): check AWS_ACCESS_KEY_ID and AWS_SESSION_TOKEN, and whether the "
        "account has this region switched on",
    ),
    Remedy(
        "SignatureDoesNotMatch InvalidSignatureException RequestTimeTooSkewed IncompleteSignature",
        "AWS does not accept the signature ({said}): check AWS_SECRET_ACCESS_KEY and this machine's clock",
    ),
    Remedy("OptInRequired SubscriptionRequiredException", "the account has not this service or region yet: {said}"),
    # Quotas and throttling
    Remedy(
        "ResourceLimitExceeded",
        "quota exceeded: {quota} is {limit}; have it raised at " + QUOTAS + ", or use another instance type or fewer",
        r"service limit '(?P<quota>[^']+)' is (?P<limit>[\d.]+ ?\w*)",
    ),
    Remedy("ResourceLimitExceeded LimitExceededException", "quota exceeded: {said}; quotas are raised at " + QUOTAS),
    Remedy(
        "Throttling ThrottlingException ThrottledException TooManyRequestsException RequestLimitExceeded "
        "RequestThrottled SlowDown",
        "AWS wants fewer calls, and has refused {action} again and again ({said}): run the same command a little "
        "later; what it has started is found again",
    ),
    Remedy(
        "ServiceUnavailable InternalFailure InternalServerError 500 502 503",
        "a fault of the service itself in {action} ({said}): run the same command a little later; what it has started "
        "is found again",
    ),
    # Roles, keys, buckets, images
    Remedy(
        "*",
        "SageMaker cannot take on the role {role}: it must exist and trust sagemaker.amazonaws.com, as "
        "launch/policies/execution-role-trust.json does ({said})",
        r"could not assume role (?P<role>arn:\S*[^.\s])",
    ),
    Remedy("NoSuchEntity NoSuchEntityException", "{said}: check the name"),
    Remedy(
        "KMSAccessDeniedException KMSDisabledException KMSInvalidStateException KMSNotFoundException "
        "KMS.NotFoundException KMS.DisabledException NotFoundException",
        "{action}: {said}; check `keys`, and that the key's policy lets the role use it",
        "kms|key",
    ),
    Remedy(
        "NoSuchBucket 404",
        "there is no bucket {names}: check the address, or make it with `aws s3 mb s3://{names}`",
        "bucket|not found",
    ),
    Remedy(
        "ValidationException",
        "no data: {said}; check `s3` of the channels, and that the role may read there",
        r"no s3 objects found|s3 bucket .*(not|denied)|does not exist.*s3://",
    ),
    Remedy(
        "RepositoryNotFoundException ImageNotFoundException",
        "{said}: put the image there with `python -m launch push`",
    ),
    Remedy(
        "ValidationException",
        "the image is not in ECR: {said}; put it there with `python -m launch push`",
        r"image.*(not found|not exist|cannot find)|cannot find requested image",
    ),
    Remedy(
        "ValidationException",
        "{action}: {said}; check `keys` in the job description, and that the key's policy lets the role use it",
        r"\bkms\b",
    ),
    # Names and values
    Remedy(
        "ResourceInUse ResourceInUseException ConflictException",
        "the name is taken or in use: {said}; wait until it is free, or change `name` in the job description",
    ),
    Remedy("ResourceNotFound ResourceNotFoundException", "{action}: {said}: it is not there (any more)"),
    Remedy(
        "ValidationException ValidationError InvalidParameterException InvalidParameterValue",
        "{action} was refused: {said}; the request is shown by --dry-run",
    ),
    Remedy(
        "ParamValidationError",
        "the request to {action} is not valid: {said}; it is shown by --dry-run",
    ),
)
