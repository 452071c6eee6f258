"""The guide for editors: one page, from a week's list to a published issue."""

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from digests.desk.access import desk
from digests.desk.frame import page


@desk("digests.view_issue", methods="GET")
def guide(request: HttpRequest) -> HttpResponse:
    return page(request, "desk/guide.html", _("Guide for editors"))
