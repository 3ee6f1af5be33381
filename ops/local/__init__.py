"""Runs the system on one machine: a broker, the services, the demo, the checks.

For development and first steps only: nothing here is installed with the packages, and no package imports it.
"""
