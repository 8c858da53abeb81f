"""The tests' own machinery, where a silent fault would cost minutes."""

import pytest


@pytest.mark.xdist_group("together")
def test_the_scheduler_hears_of_groups(request, worker_id):
    """Else each worker starts a product, a demo and a backup server of its own for what one could test."""
    if worker_id == "master":
        pytest.skip("There is one process, so everything is together.")
    assert request.node.nodeid.endswith("@together")
