"""Measurements, side by side in one run, as ratios; no time is asserted here."""
