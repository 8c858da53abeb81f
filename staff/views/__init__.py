"""The pages of people, by noun: the directory and one's account, coming in and going out, one's security."""
