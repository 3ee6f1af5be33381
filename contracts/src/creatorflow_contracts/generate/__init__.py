"""Generation of JSON Schemas and the AsyncAPI document from the models, with a check that no change is a breaking one.

A tool of this repository (`python -m creatorflow_contracts.generate`); it needs the package's extra `schemas`. Services
import only `schemas.py`, which does not need the extra: the command line prints the schema of a plan.
"""
