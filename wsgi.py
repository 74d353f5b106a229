"""Entry point of gunicorn and of the `flask` command."""

import os
import sys

from config.settings import InvalidSettings, load
from src.app import create_app

try:
    settings = load(os.environ)
except InvalidSettings as error:
    sys.exit(f"minimall: {error}")

app = create_app(settings)
