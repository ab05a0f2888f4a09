"""Set-up and lint of the checkout."""
