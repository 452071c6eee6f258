from allauth.account.decorators import secure_admin_login
from django.conf import settings
from django.contrib import admin
from django.urls import include, path
from django.views.static import serve

admin.site.login = secure_admin_login(admin.site.login)  # type: ignore[method-assign]

handler400 = "digests.public.views.bad_request"
handler500 = "digests.public.views.server_error"

urlpatterns = [
    path(settings.ADMIN_PATH + "desk/", include("digests.desk.urls")),
    path(settings.ADMIN_PATH, admin.site.urls),
    path("accounts/", include("allauth.urls")),
    # Pictures that editors uploaded: re-encoded by us, named by us.
    path("media/<path:path>", serve, {"document_root": settings.MEDIA_ROOT}),
    path("", include("digests.public.urls")),
]
