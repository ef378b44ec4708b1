"""The SageMaker contract as tests, over every algorithm and every runtime. Names quote the checklist's ids."""
