"""Links: which address a link means, so that talk about the same article is known to be that."""

from __future__ import annotations

import base64
import binascii
import re
from urllib.parse import parse_qsl, quote, unquote, urlencode, urlsplit

_MOST_WRAPPINGS = 3
# Aggregators and networks that wrap a link in one of their own: host, path, and the parameter that holds it.
_WRAPPERS = (
    (re.compile(r"(?:www\.)?google\.[a-z.]+"), "/url", ("q", "url")),
    (re.compile(r"(?:l|lm)\.facebook\.com"), "/l.php", ("u",)),
    (re.compile(r"l\.instagram\.com"), "/", ("u",)),
    (re.compile(r"out\.reddit\.com"), "/", ("url",)),
    (re.compile(r"(?:www\.)?youtube\.com"), "/redirect", ("q",)),
    (re.compile(r"(?:www\.)?linkedin\.com"), "/redir/redirect", ("url",)),
    (re.compile(r"(?:href\.li|vk\.com|steamcommunity\.com)"), "/", ("to", "url")),
)
_GOOGLE_NEWS = re.compile(r"/(?:rss/)?articles/([\w-]{20,})")
_INSIDE = re.compile(rb"https?://[\x21-\x7e]+")
_AMP_CACHE = re.compile(r"(?:/amp)?(?:/[cv])?/(s/)?(.+)")
_TRACKING = re.compile(
    r"utm_\w+|fbclid|gclid|dclid|msclkid|yclid|twclid|igshid|igsh|mc_[ce]id|_hs\w+|mkt_tok|vero_\w+|wt_mc|cmpid|"
    r"ref|ref_src|ref_url|referrer|share_id|smid|smtyp|spm|at_\w+|ns_\w+|xtor|ocid|guccounter|"
    r"guce_\w+|feature|si|amp|outputtype|ito|__twitter_impression|_ga|trk|trkcampaign",
    re.IGNORECASE,
)
_MOBILE = re.compile(r"^(?:m|mobile|touch|amp)\.(?=[^.]+\.)|(?<=^en)\.m(?=\.)|(?<=^[a-z][a-z])\.m(?=\.)")
_SAME_HOST = {
    "old.reddit.com": "reddit.com",
    "new.reddit.com": "reddit.com",
    "np.reddit.com": "reddit.com",
    "twitter.com": "x.com",
    "export.arxiv.org": "arxiv.org",
}
_ARXIV = re.compile(r"/(?:pdf|html|abs)/([\w.\-/]+?)(?:v\d+)?(?:\.pdf)?")
_DEFAULT_PORTS = {80, 443}
_SAFE = "/:@!$&'()*+,;=~-._%"


def canonical(link: str) -> str:
    """Return the one address by which an http(s) link is known, without asking anybody.

    What aggregators wrap around a link is taken off, and with it tracking parameters, AMP and mobile forms,
    "www.", the fragment and a closing slash; the scheme becomes https. Two links to the same article have the
    same canonical address; that it can still be fetched is not promised. What is no link stays as it is.
    """
    for _ in range(_MOST_WRAPPINGS):
        inner = _unwrapped(link)
        if inner is None:
            break
        link = inner
    try:
        parts = urlsplit(link)
        host, port = (parts.hostname or "").rstrip("."), parts.port
    except ValueError:
        return link
    if parts.scheme not in {"http", "https"} or not host:
        return link
    host = _MOBILE.sub("", host.removeprefix("www."))
    host = _SAME_HOST.get(host, host)
    pairs = [pair for pair in parse_qsl(parts.query) if not _TRACKING.fullmatch(pair[0])]
    path = re.sub(r"^/amp(?=/.)", "", re.sub(r"/{2,}", "/", parts.path))
    path = re.sub(
        r"(?:/amp|\.amp)?(?:\.html)?/?$", lambda end: end[0].replace("/amp", "").replace(".amp", ""), path
    )
    host, path, pairs = _known_site(host, path.rstrip("/"), pairs)
    query = f"?{urlencode(sorted(pairs))}" if pairs else ""
    if port and port not in _DEFAULT_PORTS:
        host = f"{host}:{port}"
    return f"https://{host}{quote(path, safe=_SAFE)}{query}"


def is_page(link: str) -> bool:
    """Say whether a canonical link leads to one page of a site, not to its entrance."""
    return re.fullmatch(r"https://[^/?]+/[^/].*", link) is not None


def _unwrapped(link: str) -> str | None:
    """Return the link inside an aggregator's, if it is one."""
    try:
        parts = urlsplit(link)
        host, path = parts.hostname or "", parts.path
    except ValueError:
        return None
    inner = None
    if host == "news.google.com" and (match := _GOOGLE_NEWS.fullmatch(path)):
        inner = _inside(match[1])
    elif host.endswith("ampproject.org") or (
        re.fullmatch(r"(?:www\.)?google\.[a-z.]+", host) and path.startswith("/amp/")
    ):
        match = _AMP_CACHE.fullmatch(path)
        inner = f"http{'s' if match[1] else ''}://{match[2]}" if match else None
    for known, at, names in _WRAPPERS:
        if known.fullmatch(host) and (path or "/") == at:
            given = dict(parse_qsl(parts.query))
            inner = next((given[name] for name in names if name in given), inner)
    return inner if inner and re.match(r"https?://[^/\s]+\.", inner) else None


def _inside(encoded: str) -> str | None:
    """Return the link in an article's id at Google News; newer ids hold none."""
    try:
        raw = base64.urlsafe_b64decode(encoded + "=" * (-len(encoded) % 4))
    except (binascii.Error, ValueError):
        return None
    match = _INSIDE.search(raw)
    return match[0].decode("ascii") if match else None


def _known_site(host: str, path: str, pairs: list[tuple[str, str]]) -> tuple[str, str, list[tuple[str, str]]]:
    """Bring the several addresses that some sites have for one thing to one."""
    if host == "youtu.be" and path.count("/") == 1:
        return "youtube.com", "/watch", [("v", unquote(path[1:]))]
    if host == "youtube.com" and path.startswith(("/shorts/", "/live/", "/embed/")):
        return host, "/watch", [("v", unquote(path.split("/")[2]))]
    if host == "youtube.com" and path == "/watch":
        return host, path, [pair for pair in pairs if pair[0] == "v"]
    if host == "arxiv.org" and (match := _ARXIV.fullmatch(path)):
        return host, f"/abs/{match[1]}", []
    if host == "x.com":
        return host, path, []
    return host, path, pairs
