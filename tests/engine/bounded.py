"""Property tests here give the same answer every time and end soon."""

from hypothesis import HealthCheck, settings

bounded = settings(
    derandomize=True,
    max_examples=150,
    deadline=None,
    database=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)
