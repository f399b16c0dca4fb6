"""EC2 and EC2 Auto Scaling: launch templates, groups, the instances that groups launch, figures of types."""
