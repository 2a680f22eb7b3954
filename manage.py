#!/usr/bin/env python3
"""Django's command line for Reprise; `deploy/manage` runs it in the right environment."""

import os
import sys

from django.core.management import execute_from_command_line

if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "crisis.settings")
    execute_from_command_line(sys.argv)
