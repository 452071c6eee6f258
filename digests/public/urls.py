"""The readers' addresses. They never change once something has been published under them."""

from django.urls import path, register_converter

from digests.public import (
    about,
    addresses,
    archive,
    bookmarks,
    cards,
    comments,
    feeds,
    health,
    letters,
    machine,
    papers,
    people,
    preview,
    search,
    sitemaps,
    topics,
    views,
)

register_converter(machine.PaperSlug, "paper")
register_converter(addresses.CategoryCode, "category")
register_converter(addresses.PaperPage, "paper-page")
register_converter(addresses.SitemapName, "sitemap")

app_name = "public"
ISSUE, PAPER = "issues/<slug:slug>", "papers/<paper:slug>"
BIB, RIS, CSL = ({"ending": ending} for ending in ("bib", "ris", "csl.json"))
urlpatterns = [
    path("", views.home, name="home"),
    path("issues/", archive.archive, name="archive"),
    path("issues/<slug:slug>/", views.issue, name="issue"),
    path(f"{ISSUE}/comments/", comments.comment, name="comment"),
    path(f"{ISSUE}/comments/thanks/", comments.thanks, name="comment-thanks"),
    path(f"{ISSUE}/letters/", letters.letter, name="letter"),
    path(f"{ISSUE}/letters/thanks/", letters.thanks, name="letter-thanks"),
    path("card.png", cards.site, name="site-card"),
    path(f"{ISSUE}/card.png", cards.issue, name="issue-card"),
    path(f"{PAPER}/card.png", cards.paper, name="paper-card"),
    path("bookmarks/", bookmarks.bookmarks, name="bookmarks"),
    path(f"{ISSUE}.bib", machine.issue_citations, BIB, name="issue-bib"),
    path(f"{ISSUE}.ris", machine.issue_citations, RIS, name="issue-ris"),
    path(f"{ISSUE}.csl.json", machine.issue_citations, CSL, name="issue-csl"),
    path(f"{ISSUE}.md", machine.issue_markdown, name="issue-markdown"),
    path(f"{ISSUE}.json", machine.issue_json, name="issue-json"),
    path(f"{PAPER}.bib", machine.paper_citation, BIB, name="paper-bib"),
    path(f"{PAPER}.ris", machine.paper_citation, RIS, name="paper-ris"),
    path(f"{PAPER}.csl.json", machine.paper_citation, CSL, name="paper-csl"),
    path(f"{PAPER}.md", machine.paper_markdown, name="paper-markdown"),
    path(f"{PAPER}.json", machine.paper_json, name="paper-json"),
    path("papers/<paper-page:slug>/", papers.paper, name="paper"),
    path("authors/<slug:slug>/", people.author, name="author"),
    path("authors/<slug:slug>/feed/", feeds.author, name="author-feed"),
    path("categories/", topics.categories, name="categories"),
    path("categories/<category:code>/", topics.category, name="category"),
    path("categories/<category:code>/feed/", feeds.category, name="category-feed"),
    path("questions/", topics.questions, name="questions"),
    path("questions/<slug:key>/", topics.question, name="question"),
    path("about/", about.about, name="about"),
    path("search/", search.search, name="search"),
    path("preview/issues/<int:pk>/", preview.staff_preview, name="preview"),
    path("preview/<str:token>/", preview.link_preview, name="preview-link"),
    path("feeds/", feeds.about, name="feeds"),
    path("feed/", feeds.rss, name="feed"),
    path("feed/atom/", feeds.atom, name="feed-atom"),
    path("feed/json/", feeds.json_feed, name="feed-json"),
    path("feed/summary/", feeds.summary, name="feed-summary"),
    path("feed/papers/", feeds.papers, name="feed-papers"),
    path("healthz", health.healthz, name="healthz"),
    path("readyz", health.readyz, name="readyz"),
    path("robots.txt", sitemaps.robots, name="robots"),
    path("sitemap.xml", sitemaps.sitemap, name="sitemap"),
    path("sitemap-<sitemap:name>.xml", sitemaps.sitemap_part, name="sitemap-part"),
    path(".well-known/security.txt", sitemaps.security, name="security"),
]
