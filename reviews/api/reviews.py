"""Reviews: written, submitted and acknowledged, as far as they concern the signed-in person."""

from __future__ import annotations

from typing import Any

import django_filters
from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from django_filters.rest_framework import DjangoFilterBackend
from drf_spectacular.utils import extend_schema
from rest_framework import generics, serializers
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from config.api import Id, IdOf, etag_of, keyset_by, place_of, refuse_stale
from config.caching import cached_answer
from config.errors import Forbidden
from config.fields import Day, DayFilter, IdFilter, PageAsked
from config.idempotency import HEADER, idempotent
from config.schema import IF_MATCH
from reviews import selectors, services
from reviews.models import Rating, Review
from reviews.selectors.rows import NEWEST, Row, for_rows
from reviews.services.reviews import SCALE
from staff.models import Person
from staff.roles import may_read_reviews, require
from staff.signin import user_of

STATES = [(state, state) for state in ("draft", "submitted", "acknowledged")]
IN_STATE: dict[str, dict[str, bool]] = {
    "draft": {"submitted_at__isnull": True},
    "submitted": {"submitted_at__isnull": False, "acknowledged_at__isnull": True},
    "acknowledged": {"acknowledged_at__isnull": False},
}


class WhoSerializer(serializers.Serializer[Any]):
    """A person in short."""

    id = serializers.CharField()
    name = serializers.CharField()


class ScoreSerializer(serializers.Serializer[Any]):
    """One criterion's score, in figures and in words."""

    criterion = serializers.CharField(help_text="The criterion’s id.")
    name = serializers.CharField()
    value = serializers.IntegerField(min_value=1, max_value=5)
    word = serializers.ChoiceField(choices=[(label, label) for label in Rating.labels])


class ReviewSerializer(serializers.Serializer[Any]):
    """One reviewer's word on one person's week."""

    id = Id()
    person = WhoSerializer()
    reviewer = WhoSerializer()
    branch = serializers.CharField(help_text="Where the person stood then; empty for head office.")
    department = serializers.CharField()
    week_start = serializers.DateField()
    week_label = serializers.CharField(help_text="16–22 November")
    state = serializers.ChoiceField(choices=STATES)
    scores = ScoreSerializer(many=True)
    overall = serializers.CharField(allow_null=True, help_text="The weighted mean, “4.25”; null until all is scored.")
    word = serializers.CharField(help_text="The overall in the words of the scale.")
    change = serializers.CharField(
        allow_null=True, help_text="Since the last review by the same reviewer: “+0.25”; null where there is none."
    )
    comment = serializers.CharField()
    submitted_at = serializers.DateTimeField(allow_null=True)
    acknowledged_at = serializers.DateTimeField(allow_null=True)
    version = serializers.IntegerField()


class ReviewPage(serializers.Serializer[Any]):
    """A page of reviews, the latest week first."""

    results = ReviewSerializer(many=True)
    next = serializers.CharField(allow_null=True, help_text="Send it back as `cursor`.")


class ScoreAsked(serializers.Serializer[Any]):
    """One score; null takes it back."""

    criterion = serializers.RegexField(r"^[0-9]{1,18}$", error_messages={"invalid": "Send the id of a criterion."})
    value = serializers.IntegerField(
        min_value=1,
        max_value=5,
        allow_null=True,
        error_messages=dict.fromkeys(("invalid", "min_value", "max_value", "max_string_length"), SCALE),
    )


class AnswersAsked(serializers.Serializer[Any]):
    """Scores and the comment; what is not named stays as it is."""

    scores = ScoreAsked(many=True, required=False)
    comment = serializers.CharField(allow_blank=True, required=False)

    def answers(self) -> services.Answers:
        """What is asked for; only after is_valid()."""
        given = self.validated_data
        scores = {int(score["criterion"]): score["value"] for score in given.get("scores", [])}
        return services.Answers(scores, given.get("comment"))


class ReviewAsked(AnswersAsked):
    """Whose week to review."""

    person = IdOf(queryset=Person.objects.none())
    week_start = Day(help_text="The day on which the week of the person's branch starts.")

    def __init__(self, *args: Any, user: Person | None = None, **options: Any) -> None:
        super().__init__(*args, **options)
        if user:
            people = Person.objects.visible_to(user).with_places().select_related("organisation")
            self.fields["person"].queryset = people  # type: ignore[attr-defined]


class ReviewFilters(django_filters.FilterSet):
    """What the list may be asked for."""

    person = IdFilter(field_name="person_id")
    reviewer = IdFilter(field_name="reviewer_id")
    branch = IdFilter(field_name="branch_id")
    department = IdFilter(field_name="department_id")
    week = DayFilter(method="of_week", label="Any day of the week")
    state = django_filters.ChoiceFilter(method="in_state", choices=STATES)

    def of_week(self, reviews: Any, name: str, day: Any) -> QuerySet[Review]:
        return reviews.in_week_of(day)

    def in_state(self, reviews: QuerySet[Review], name: str, state: str) -> QuerySet[Review]:
        return reviews.filter(**IN_STATE[state])


class Reviews(generics.ListAPIView[Review]):
    """One's own reviews, those one writes, and the submitted ones of the people in reach; the latest week first."""

    queryset = Review.objects.none()
    serializer_class = ReviewSerializer
    pagination_class = keyset_by(*NEWEST)
    filter_backends = [DjangoFilterBackend]
    filterset_class = ReviewFilters

    def get_queryset(self) -> QuerySet[Review]:
        if getattr(self, "swagger_fake_view", False):
            return self.queryset
        return for_rows(Review.objects.visible_to(user_of(self.request)))

    def list(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        page = self.paginate_queryset(self.filter_queryset(self.get_queryset())) or []
        return self.get_paginated_response(selectors.rows_of(page))

    @extend_schema(request=ReviewAsked, responses={201: ReviewSerializer}, parameters=[HEADER])
    @idempotent
    def post(self, request: Request) -> Response:
        """Begin a draft, which only its reviewer sees. 409 where this person's week has one already."""
        user = user_of(request)
        require(user, "write_reviews")
        asked = ReviewAsked(data=request.data, user=user)
        asked.is_valid(raise_exception=True)
        given = asked.validated_data
        review = services.start_review(given["person"], given["week_start"], asked.answers(), by=user)
        return _versioned(review, status=201)


class WrittenAsked(PageAsked):
    """Which page, and perhaps of which week."""

    week = Day(required=False, help_text="Any day of the week wanted.")


class MyReviews(APIView):
    """What was said of oneself."""

    @extend_schema(parameters=[PageAsked], responses=ReviewPage)
    @cached_answer("my_reviews")
    def get(self, request: Request) -> bytes:
        """One's own submitted reviews, the latest week first."""
        return _body(selectors.my_reviews(person=user_of(request).pk, **place_of(request)))


class ReviewsOfStaff(APIView):
    """What was said of somebody."""

    @extend_schema(parameters=[PageAsked], responses=ReviewPage)
    @cached_answer("reviews_of_staff")
    def get(self, request: Request, pk: int) -> bytes:
        """The submitted reviews of somebody in reach, or of oneself, the latest week first."""
        user = user_of(request)
        person = get_object_or_404(Person.objects.visible_to(user).with_places(), pk=pk)
        if person != user and not may_read_reviews(user, person):
            raise Forbidden("This person’s reviews are not for your role.")
        return _body(selectors.reviews_of_staff(person=pk, **place_of(request)))


class ReviewsByManager(APIView):
    """What one has written."""

    @extend_schema(parameters=[WrittenAsked], responses=ReviewPage)
    @cached_answer("reviews_by_manager")
    def get(self, request: Request) -> bytes:
        """The reviews that one has written, drafts too, the latest week first."""
        user = user_of(request)
        require(user, "write_reviews")
        asked = WrittenAsked(data=request.query_params)
        asked.is_valid(raise_exception=True)
        week = asked.validated_data.get("week")
        return _body(selectors.reviews_by_manager(reviewer=user.pk, week=week, **place_of(request)))


class ReviewDetail(APIView):
    """One review."""

    @extend_schema(responses=ReviewSerializer)
    def get(self, request: Request, pk: int) -> Response:
        """The review, with the ETag that a later If-Match may name."""
        return _versioned(_visible(user_of(request), pk))

    @extend_schema(request=AnswersAsked, responses=ReviewSerializer, parameters=[IF_MATCH])
    def patch(self, request: Request, pk: int) -> Response:
        """Save answers into one's own draft; 412 where it is no longer what If-Match names."""
        user = user_of(request)
        review = _held(user, pk)
        _refuse_stale(request, review)
        asked = AnswersAsked(data=request.data)
        asked.is_valid(raise_exception=True)
        return _versioned(services.change_review(review, asked.answers(), by=user))


class ReviewSubmit(APIView):
    """Making a draft final."""

    @extend_schema(request=None, responses=ReviewSerializer, parameters=[HEADER, IF_MATCH])
    @idempotent
    def post(self, request: Request, pk: int) -> Response:
        """Lock the draft and tell the person.

        409 with code `not_scored` where a criterion lacks its score, `needs_reason` where a low one has no comment.
        """
        user = user_of(request)
        review = _held(user, pk)
        _refuse_stale(request, review)
        return _versioned(services.submit_review(review, by=user))


class ReviewAcknowledge(APIView):
    """Having read it."""

    @extend_schema(request=None, responses=ReviewSerializer)
    def post(self, request: Request, pk: int) -> Response:
        """The reviewed person says that they have read it; the first time counts."""
        user = user_of(request)
        return _versioned(services.acknowledge_review(_visible(user, pk), by=user))


def _body(page: Row) -> bytes:
    return JSONRenderer().render(page)


def _visible(user: Person, pk: int) -> Review:
    return get_object_or_404(Review.objects.visible_to(user), pk=pk)


def _held(user: Person, pk: int) -> Review:
    """Held while If-Match is compared and until the change is in: two at once do not undo one another."""
    return get_object_or_404(Review.objects.visible_to(user).select_for_update(of=("self",)), pk=pk)


def _refuse_stale(request: Request, review: Review) -> None:
    if "If-Match" in request.headers:
        refuse_stale(request, _shown(review))


def _shown(review: Review) -> Row:
    return selectors.review_row(review)


def _versioned(review: Review, status: int = 200) -> Response:
    shown = _shown(review)
    return Response(shown, status=status, headers={"ETag": etag_of(shown)})
