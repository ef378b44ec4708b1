"""What is true of the image itself; what it does in training and serving is the contract suite's business."""
