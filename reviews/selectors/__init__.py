"""What the reviews' screens and endpoints show. Plain values in, plain rows or frozen dataclasses out."""

from reviews.selectors.rows import my_reviews, review_row, reviews_by_manager, reviews_of_staff, rows_of

__all__ = ["my_reviews", "review_row", "reviews_by_manager", "reviews_of_staff", "rows_of"]
