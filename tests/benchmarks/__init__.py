"""Programs that measure; none of them is a test, because times decide nothing on a busy machine."""
