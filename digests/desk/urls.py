from django.urls import path

from digests.desk import (
    announcement_views,
    bank,
    board_views,
    bulk_views,
    check_views,
    comment_views,
    draft_views,
    entry_views,
    evidence_views,
    guide_views,
    history_views,
    issue_views,
    markdown,
    note_views,
    preview_views,
    publish_views,
    review_views,
    schedule_views,
    text_views,
    week_views,
)

app_name = "desk"
urlpatterns = [
    path("", board_views.home, name="home"),
    path("sources/<int:pk>/look/", board_views.look, name="look"),
    path("weeks/new/", week_views.new_week, name="new_week"),
    path("weeks/<uuid:uuid>/", week_views.week, name="week"),
    path("weeks/<uuid:uuid>/set-aside/", week_views.set_aside, name="set_aside"),
    path("weeks/<uuid:uuid>/take-up/", week_views.take_up, name="take_up"),
    path("weeks/<uuid:uuid>/rows/<int:line>/", week_views.external, name="external"),
    path("issues/<int:pk>/", issue_views.issue, name="issue"),
    path("issues/<int:pk>/save/", issue_views.save_issue, name="save_issue"),
    path("issues/<int:pk>/hand-over/", review_views.hand_over, name="hand_over"),
    path("issues/<int:pk>/withdraw/", review_views.withdraw, name="withdraw"),
    path("issues/<int:pk>/send-back/", review_views.send_back, name="send_back"),
    path("issues/<int:pk>/ready/", review_views.say_ready, name="say_ready"),
    path("issues/<int:pk>/assign/", review_views.assign, name="assign"),
    path("issues/<int:pk>/schedule/", schedule_views.set_time, name="schedule"),
    path("issues/<int:pk>/unschedule/", schedule_views.take_off, name="unschedule"),
    path("issues/<int:pk>/comments/take/", comment_views.take_comments, name="take_comments"),
    path("issues/<int:pk>/comments/end/", comment_views.take_no_more, name="take_no_more"),
    path("issues/<int:pk>/notes/", note_views.add_to_issue, name="note_on_issue"),
    path("issues/<int:pk>/preview/", preview_views.preview, name="preview"),
    path("issues/<int:pk>/previews/", preview_views.previews, name="previews"),
    path("issues/<int:pk>/previews/new/", preview_views.make_link, name="make_preview_link"),
    path("previews/<int:pk>/revoke/", preview_views.revoke_link, name="revoke_preview_link"),
    path(
        "issues/<int:pk>/announcements/",
        announcement_views.announcements_of_issue,
        name="announcements",
    ),
    path("issues/<int:pk>/bulk/", bulk_views.bulk, name="bulk"),
    path("issues/<int:pk>/bulk/undo/", bulk_views.undo, name="bulk_undo"),
    path("entries/<int:pk>/accept-clean/", bulk_views.accept_clean, name="accept_clean"),
    path("entries/<int:pk>/", entry_views.entry, name="entry"),
    path("entries/<int:pk>/save/", entry_views.save_entry, name="save_entry"),
    path("entries/<int:pk>/questions/", entry_views.add_question, name="add_question"),
    path("entries/<int:pk>/notes/", note_views.add_to_entry, name="note_on_entry"),
    *(
        path(f"notes/<int:pk>/{act}/", note_views.act_on_note, {"action": act}, name=f"note_{act}")
        for act in ("done", "reopen", "question")
    ),
    path("entries/<int:pk>/evidence/", evidence_views.evidence, name="evidence"),
    path("entries/<int:pk>/evidence/quote/", evidence_views.quote, name="quote"),
    path("entries/<int:pk>/evidence/place/", evidence_views.place, name="place"),
    path("entries/<int:pk>/evidence/lost/", evidence_views.lost, name="lost"),
    path("entries/<int:pk>/text/", text_views.text, name="entry_text"),
    path("items/<int:pk>/words/", entry_views.words, name="words"),
    path("entries/<int:pk>/again/", draft_views.again, name="again"),
    path("entries/<int:pk>/by-hand/", draft_views.by_hand, name="by_hand"),
    path("entries/<int:pk>/fix/", draft_views.fix_entry, name="fix_entry"),
    path("entries/<int:pk>/sentences/", check_views.claims, name="claims"),
    path("entries/<int:pk>/check/", check_views.check, name="check"),
    path("drafts/<int:pk>/", draft_views.draft, name="draft"),
    path("guide/", guide_views.guide, name="guide"),
    path("model/", draft_views.spending, name="spending"),
    path("model/try/", draft_views.try_model, name="try_model"),
    path("bank/<int:pk>/<slug:kind>/off/", bank.turn_off, name="bank_off"),
    path("questions/<int:pk>/fix/", draft_views.fix_question, name="fix_question"),
    path("questions/<int:pk>/save/", entry_views.save_question, name="save_question"),
    path("markdown/preview/", markdown.preview, name="markdown_preview"),
    path("markdown/upload/", markdown.upload, name="markdown_upload"),
]
ACTIONS = {
    "issues": (publish_views.act_on_issue, ["publish", "take-back", "put-back"]),
    "entries": (entry_views.act_on_entry, list(entry_views.ENTRY_ACTIONS)),
    "items": (entry_views.decide, ["accept", "reject", "undo"]),
    "questions": (entry_views.act_on_question, ["up", "down", "remove", "restore"]),
}
urlpatterns += [
    path(f"{things}/<int:pk>/{action}/", view, {"action": action}, name=f"{things}_{action}")
    for things, (view, actions) in ACTIONS.items()
    for action in actions
]
urlpatterns += [
    path(f"{history_views.PLACES[kind]}/<int:pk>/{place}", view, name=f"{kind}_{name}")
    for (kind, name, place), view in history_views.VIEWS.items()
]
