"""What the lab notebooks import: device and seeds, checks, plots, reports.

Nothing heavy is imported here: torch, matplotlib and the data libraries load where they are used.
"""
