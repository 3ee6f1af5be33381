"""What is made from the models: JSON Schemas, the AsyncAPI document, and the judgement whether a change breaks anyone.

A tool of this repository (`python -m creatorflow_contracts.generate`); it needs the package's extra `schemas`. No
service imports it, but for `schemas.py`, which needs nothing more: the command line prints the schema of a plan.
"""
