"""The pages of people, named by noun in the modules."""
