"""PLAN.md, and the documents of the specialists beside it. Pure: values in, text out."""
