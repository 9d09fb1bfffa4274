"""What the doctor looks at, each with how to mend it."""
