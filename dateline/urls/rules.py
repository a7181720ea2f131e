"""The tables of `dateline.urls`: parameters, hosts, paths and wrappers that do not choose the page.

They add to the rules of `ural.normalize_url`, or restrict it where it merges too much. Names are lower case.
"""

from __future__ import annotations

import re

MAX_URL_LENGTH = 8_192
"""RFC 9110, 4.1 asks for at least 8,000 octets; usual servers refuse more."""
MAX_HOST_LENGTH = 253
"""RFC 1035, 2.3.4: 255 octets with the length bytes."""


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


EMPTY_PARAMETERS = _words("""
    cmpid cmp cmp_id intcmp intcid icmp ecid emc em_pos ex_cid extcid xcmp pcmp icid icampaign ictd itid
    ftag smid smtyp smprod smvar nlid nlsource nl_key instance_id regi_id segment_id mbid srnd sref
    ns_mchannel ns_source ns_campaign ns_linkname ns_fee ns_mail_uid ns_mail_job ns_ct ocid cvid ito taid sh
    traffic_source trafficsource wt_mc wt_zmc wt_ref wt_nl wt.mc_id wt.mc wt.z_mc wpisrc wpmk wgt_ref tsrc yptr ncid
    share shared sharer sharetype share_id share_from share_source sharebar st.share sr_share post_share soc_src soc_trk
    newsletter newsletter_id newsletterid mailid mail_id email_id emailid email_source bxid cndid esrc mobile_src
    in_source in_medium in_campaign in_content in_term sc_src sc_lid sc_uid sc_llid sc_eh
    cps_src ss_source ss_campaign_id spm scm spjobid spmailingid spreportid spuserid sprefid pwapi_token
    referer referrer referring_source referringsource refsrc ref_src ref_url ref_source reflink fromsource from_source
    fromrss rssfeed feedtype ftcamp ft_site ft_origin cm_mmc cm_ven cm_lm cm_sp cm_cat cm_pla cm_ite cm_mc_uid
    hsctatracking __hssc __hstc __hsfp _hsenc _hsmi trk trkcampaign trk_info trk_contact trk_msg trk_module trk_sid
    vero_id vero_conv oly_enc_id oly_anon_id _openstat mkt_tok mkwid pcrid ef_id dm_i s_cid s_kwcid scid epik rdt_cid
    gclid gclsrc gbraid wbraid gad_source gad_campaignid dclid srsltid msclkid ttclid twclid yclid ysclid li_fat_id
    irclickid outbrain_id ob_click_id dicbo tblci fb_ref fb_comment_id fbclid action_object_map action_ref_map
    action_type_map ig_rid igsh igshid _branch_match_id _branch_referrer __source chartbeat cx_testid cx_testvariant
    cx_artpos originalreferrer ved usg
    phpsessid jsessionid aspsessionid asp.net_sessionid sessionid session_id sessid zenid osccsid oscsid
    printerfriendly printable isprint nonamp noamp is_amp isamp ampmode _amp amp amphtml nomobile mobileredirect
    guccounter guce_referrer guce_referrer_sig _gl _ga awc sfnsn ck_subscriber_id vgo_ee _kx wickedid tpcc leadsource
    unlocked_article_code giftcopy accesstoken sharetoken shareid gaa_at gaa_n gaa_ts gaa_sig fsrc pnespid .tsrc
    s_campaign et_rid et_cid et_mid elqtrackid elqtrack elqaid elqat elqcampaignid kwp_0 kwp_1 kwp_4 lctg dgcid msockid
    hootpostid cx_click cxrecs_s amp_js_v amp_gsa usqp abcnewsembedheight doing_wp_cron zanpid rpctoken adgroupid adset_id
    mobile_redirect forcedesktop nocache no_cache cachebuster cachebust __cf_chl_tk __cf_chl_rt_tk cf_chl_captcha_tk
""")
"""Campaigns, sharing, click and session ids, variants of a page: they never choose the page, whatever their value."""

EMPTY_PREFIXES = tuple(_words("utm_ utm- mtm_ pk_ piwik_ matomo_ hsa_ itm_ stm_ sc_c amp_ ns_ wt. wt_"))
"""Prefixes of parameter names that never choose the page."""

EMPTY_UNLESS_NUMERIC = _words("ref source cid sid src via campaign campaign_id camp partner linkid iid nl gift xid ana")
"""Where a reader came from or, if numeric, the page itself: dropped unless numeric."""

EMPTY_WITH_VALUE = {
    "from": _words("rss feed share home homepage newsletter search app timeline singlemessage groupmessage twitter"),
    "rss": _words("0 1 true yes"),
    "siteid": _words("rss"),
    "single": _words("1 true yes"),
    "print": _words("1 true yes y on"),
    "mobile": _words("0 1 true false yes no on"),
    "desktop": _words("0 1 true false yes no on"),
}
"""Parameters that do not choose the page with these values or without a value; with other values they stay."""

FORM_PARAMETERS = _words(
    "output outputtype output_type view viewtype mode type format layout variant template page_type"
)
FORM_VALUES = _words("amp amphtml print printable mobile")
"""`?outputType=amp`, `?view=print`: a variant of the same page."""

AMP_VALUES = _words("amp amphtml")
SEARCHES = _words("q query s search searchterm keyword keywords k tag topic term t text id name title p")
"""A parameter with the value "amp" asks for that variant, except one of SEARCHES, which may search for the word."""

SITE_PARAMETERS = {
    "twitter.com": _words("s t"),
    "x.com": _words("s t"),
    "youtube.com": _words("t si ab_channel pp"),
    "facebook.com": _words("_rdc _rdr __xts__ locale"),
    "google.com": _words("hl gl ceid"),
    "substack.com": _words("r s triedredirect showwelcomeonshare"),
    "medium.com": _words("sk"),
    "wsj.com": _words("mod st"),
    "marketwatch.com": _words("mod st"),
    "barrons.com": _words("mod st"),
    "msn.com": _words("ei pc form"),
}
"""Parameters that do not choose the page on one site, by registrable domain."""

FORM_LABELS = re.compile(r"(?:www\d{0,2}|m|mobile|mobil|mobi|wap|touch|pda|3g|amp|amphtml)\Z")
"""Labels below a registrable domain that name a variant of the site: www2., m., en.m., amp."""

AMP_FILE = re.compile(
    r"(?:\.amp(?=\.[a-z]{3,5}\Z)|\.amp\Z|(?<=\d)[-_]amp(?=\.[a-z]{3,5}\Z)|(?<=[^/]/)amp\.html?\Z)", re.IGNORECASE
)
"""`story.amp.html`, `story.amp`, `story-12345-amp.html`, `story/amp.html`; not `guitar-amp.html`."""

SESSION_IN_PATH = re.compile(r";(?:jsessionid|phpsessid|sid|cfid|cftoken)=[^/;]*", re.IGNORECASE)

INDEX_FILE = re.compile(
    r"/(?:index|default)(?:\.(?:html?|xhtml|shtml|phtml|php[345]?|aspx?|jspa?|do|cfm|cgi|pl))?\Z", re.IGNORECASE
)
"""A directory's index page."""

REDIRECTORS = _words("""
    away bounce click clickthrough clk cread deref exit ext external forward go goto jump l leave link linkfilter links
    out outbound outgoing r rd redir redirect redirector ref safelink to track tracking url visit
    apiclick atp-safelinks
""")
"""Last path segments (without extension) of pages that only redirect; the last two are Bing's clicks in news and
Outlook's safe links in Teams."""

REDIRECTOR_LABELS = _words(
    "out l lm away click clicks redir redirect go exit track tracking links linksynergy safelinks"
)
"""First labels of hosts that only redirect, at every path: `out.reddit.com`, `go.skimresources.com`."""

TARGET_PARAMETERS = re.findall(
    r"\w+", "url u q to target redirect redirect_to redir next link orig goto dest destination l murl ued uddg z"
)
"""Parameters that hold a redirector's target, most usual first."""

TARGET_IN_PATH = re.compile(
    r"""(?:
        (?:[^/]+\.)?ampproject\.org/[a-z]{1,2}/(?P<amp>.+)
      | (?:www\.)?google\.[a-z.]{2,6}/amp/(?P<google>.+)
      | (?:www\.)?bing\.com/amp/(?P<bing>.+)
      | bc\.marfeel(?:cache)?\.com/(?:amp/)?(?P<marfeel>.+)
      | (?:www\.)?href\.li/\?(?P<href>https?:.+)
      | urldefense\.com/v3/__(?P<proofpoint>https?:/.+?)__;.*
    )\Z""",
    re.VERBOSE | re.IGNORECASE,
)
"""Caches and wrappers with the target URL in their path: AMP's (`s/` is https), href.li, Proofpoint's version 3."""

TURBO = re.compile(
    r"(?:(?:www\.)?yandex\.[a-z.]{2,6}/turbo|[^/]+\.turbopages\.org(?:/turbo)?)/(?:s/)?"
    r"(?P<host>[^/?]+\.[^/?]+)(?:/s)?(?P<path>/.*)?\Z",
    re.IGNORECASE,
)
"""Yandex's Turbo pages: `site-ru.turbopages.org/site.ru/s/story`."""

GOOGLE_NEWS_ARTICLE = re.compile(
    r"news\.google\.[a-z.]{2,6}/(?:__i/)?(?:rss/)?(?:articles|read)/(?P<id>CBMi[\w-]+)", re.IGNORECASE
)
"""Google News' own URLs; those from before 2024 hold the target in base64, the newer ones are opaque."""

YAHOO_TARGET = re.compile(r"r\.search\.yahoo\.com/.*/RU=(?P<target>[^/]+)/", re.IGNORECASE)

SECTION_WORDS = _words("""
    author authors autor autoren auteur category categories categoria categorie kategorie archive archives archiv
    search suche section sections rubrik rubrique seccion sezione tag tags topic topics thema themen sujet tema temas
    theme page
""")
"""Path segments that start a list of articles."""

JOINING_WORDS = _words("and und et y e og och en of the")
"""Words that make three-word section names (`arts-and-culture`)."""

LOGIN_WORDS = _words("""
    login log-in logon signin sign-in signon sign-on signup sign-up register registration subscribe subscription abo
    auth authenticate oauth oauth2 sso account accounts anmelden connexion iniciar-sesion paywall
""")
CONSENT_WORDS = _words("""
    consent collectconsent cookie-consent cookieconsent cookiewall cookie-wall gdpr privacy-gate zustimmung cmp
""")
ERROR_WORDS = _words("404 error errors notfound not-found page-not-found unavailable blocked")
"""Path segments and first host labels of pages that a site serves before or instead of the requested page."""
