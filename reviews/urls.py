"""Where the reviews pages and endpoints stand."""

from django.urls import URLPattern, URLResolver, path

from reviews import views
from reviews.api import criteria, reviews

urlpatterns: list[URLPattern | URLResolver] = [
    path("reviews/", views.reviews, name="reviews"),
    path("reviews/mine", views.my_reviews, name="my-reviews"),
    path("reviews/write", views.reviews_write, name="reviews-write"),
    path("reviews/people/<int:pk>", views.person_reviews, name="person-reviews"),
    path("reviews/people/<int:pk>/save", views.review_save, name="review-save"),
    path("reviews/<int:pk>", views.review, name="review"),
    path("reviews/<int:pk>/acknowledge", views.review_acknowledge, name="review-acknowledge"),
]

api_urlpatterns: list[URLPattern | URLResolver] = [
    path("reviews", reviews.Reviews.as_view(), name="api-reviews"),
    path("reviews/my-reviews", reviews.MyReviews.as_view(), name="api-my-reviews"),
    path("reviews/manager", reviews.ReviewsByManager.as_view(), name="api-reviews-by-manager"),
    path("reviews/staff/<int:pk>", reviews.ReviewsOfStaff.as_view(), name="api-reviews-of-staff"),
    path("reviews/<int:pk>", reviews.ReviewDetail.as_view(), name="api-review"),
    path("reviews/<int:pk>/submit", reviews.ReviewSubmit.as_view(), name="api-review-submit"),
    path("reviews/<int:pk>/acknowledge", reviews.ReviewAcknowledge.as_view(), name="api-review-acknowledge"),
    path("criteria", criteria.Criteria.as_view(), name="api-criteria"),
    path("criteria/<int:pk>", criteria.CriterionDetail.as_view(), name="api-criterion"),
]
