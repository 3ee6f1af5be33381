"""What the reader learns from: sentences and requests with the domains that they are about; and the training."""
