"""How fast it is, judged by ratios against code written by hand for the same job, side by side in one run."""
