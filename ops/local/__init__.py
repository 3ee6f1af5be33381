"""What runs the system on one machine: the ways to a broker and a database, the services, the demo, the checks.

Development and first steps only: nothing here is installed with the packages, and the packages know nothing of it.
"""
