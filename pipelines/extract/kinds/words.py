"""The words that signs are read from: phrases, schema.org types, folders of addresses, parts of class names."""

from __future__ import annotations

OFFERS = (
    *("get started", "contact us", "book a", "book now", "book your", "free quote", "free trial"),
    *("free estimate", "free consultation", "sign up", "request a demo", "request a quote"),
    *("request demo", "request quote", "our team", "our services", "our clients", "our customers"),
    *("learn more", "call us", "call now", "schedule", "kontaktieren sie", "jetzt anfragen"),
    *("termin vereinbaren", "unsere leistungen", "unsere kunden", "mehr erfahren", "contactez-nous"),
    *("nous contacter", "demander un devis", "nos services", "nos clients", "en savoir plus"),
    *("contáctanos", "solicita", "nuestros servicios", "nuestros clientes", "más información"),
    *("saiba mais", "fale conosco", "contattaci", "richiedi", "i nostri servizi", "scopri di più"),
    *("neem contact op", "onze diensten", "meer informatie", "kontakta oss", "kontakt oss"),
    *("skontaktuj się", "nasze usługi", "связаться с нами", "наши услуги", "bize ulaşın"),
)
"""What a page says that sells or offers something."""

HOUSE = (
    *(" we ", " our ", " us ", " wir ", " unsere ", " unser ", " nous ", " notre ", " nos "),
    *(" nosotros ", " nuestro ", " nuestra ", " nuestros ", " noi ", " nostro ", " nostra ", " wij "),
    *(" onze ", " vår ", " vores ", " nasz "),
)
"""Words by which a house speaks of itself."""

PRODUCT_TYPES = frozenset(
    [
        *("aggregateoffer", "individualproduct", "offer", "product", "productgroup"),
    ]
)
"""schema.org types of what is sold."""

PLACE_TYPES = frozenset(
    [
        *("attorney", "course", "dentist", "educationalorganization", "event", "hotel", "jobposting"),
        *("legalservice", "localbusiness", "medicalbusiness", "medicalorganization", "professionalservice"),
        *("restaurant", "service", "softwareapplication", "store", "webapplication"),
    ]
)
"""schema.org types of businesses, events and courses."""

STORY_PLACES = frozenset(
    [
        *("actualites", "archive", "archives", "article", "articles", "artikel", "blog", "blogs", "features"),
        *("guide", "guides", "how-to", "insights", "journal", "knowledge", "learn", "magazine"),
        *("nachrichten", "news", "noticias", "opinion", "post", "posts", "press", "recipe", "recipes"),
        *("resources", "review", "reviews", "stories", "story", "tips"),
    ]
)
"""Folders of addresses that hold stories."""

OTHER_PLACES = frozenset(
    [
        *("about", "about-us", "apps", "author", "authors", "brand", "brands", "browse", "buy", "c"),
        *("careers", "catalog", "categories", "category", "collection", "collections", "contact", "courses"),
        *("deals", "directory", "dp", "event", "events", "item", "jobs", "listing", "listings", "locations"),
        *("p", "plans", "portfolio", "pricing", "product", "products", "programs", "search", "service"),
        *("services", "shop", "software", "solution", "solutions", "store", "tag", "tags", "team", "topic"),
        *(
            "topics",
            "privacy",
            "privacy-policy",
            "terms",
            "terms-of-use",
            "legal",
            "imprint",
            "impressum",
            "datenschutz",
        ),
        *(
            "cookie-policy",
            "kontakt",
            "ueber-uns",
            "mentions-legales",
            "a-propos",
            "aviso-legal",
            "contacto",
            "politica-de-privacidad",
        ),
        *(
            "marketplace",
            "classifieds",
            "classified",
            "kleinanzeigen",
            "anzeigenmarkt",
            "for-sale",
            "for-rent",
            "to-rent",
        ),
        *("to-let", "anuncios", "petites-annonces", "annonces", "annunci", "ogloszenia", "inserate", "bazar"),
        *("chi-siamo", "over-ons", "register", "login", "signup", "account"),
    ]
)
"""Folders and last parts of addresses of products, services and lists."""

STORY_CLASSES = (
    *("entry-content", "post-content", "article-body", "article-content", "article__body", "post-body"),
    *("byline", "post-meta", "entry-meta", "post-author", "author-name", "published", "reading-time"),
    *("read-time", "post-date", "post-title", "entry-title", "article-header", "story", "comment"),
    *("post-navigation", "related-posts", "caption"),
)
"""Parts of class names that templates of stories have."""

SHOP_CLASSES = (
    *("price", "add-to-cart", "cart", "sku", "product", "swatch", "quantity", "variant", "rating"),
    *("stock",),
)
"""Parts of class names of shops."""

PITCH_CLASSES = (
    *("hero", "cta", "testimonial", "pricing", "faq", "accordion", "feature", "client", "logos"),
    *("banner", "icon-box", "counter", "tabs", "team", "section-title", "benefit"),
)
"""Parts of class names of landing pages."""

PAGE_CLASSES = (*("pagination", "page-numbers"),)
"""Parts of class names of lists that go on."""
