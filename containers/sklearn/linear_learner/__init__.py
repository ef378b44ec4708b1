"""The algorithm ``linear-learner``: linear regression and classification by mini-batch gradient descent.

Several models with varied settings are trained side by side on one extra axis of the same arrays; the best is kept and,
for a binary classification, its threshold is calibrated.
"""
