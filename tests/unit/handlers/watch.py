class Watch:
    """Seconds that pass when a test says so, in the place of `time.monotonic`."""

    now = 0.0

    def __call__(self) -> float:
        return self.now
