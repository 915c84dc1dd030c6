"""What a test that is about any database is run on."""

import pytest

DATABASES = ["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)]
