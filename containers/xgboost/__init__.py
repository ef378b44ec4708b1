"""Gradient-boosted trees and linear models with XGBoost: regression, classification, ranking and survival."""
