"""The parts of docs/ that are drawn from the code: pictures and tables between two markers of a page."""
